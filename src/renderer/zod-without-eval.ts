import { config } from 'zod';

// The page's policy forbids code that is made at run time; zod would try it out, and the browser report that.
config({ jitless: true });

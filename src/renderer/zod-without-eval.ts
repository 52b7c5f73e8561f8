import { config } from 'zod';

// The page's policy forbids code that is made at run time. Otherwise zod would try it, and the browser would report
// that.
config({ jitless: true });

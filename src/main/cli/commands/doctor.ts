import type { Command } from 'commander';
import { displaySection } from '../doctor/browsers';
import { credentialsSection, variablesSection } from '../doctor/credentials';
import { programSection, resourcesSection } from '../doctor/machine';
import { programsSection } from '../doctor/programs';
import { describeReport, makeReport } from '../doctor/report';

export function define(command: Command): void {
  command
    .option('--json', 'Print the report as JSON.')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const report = makeReport([
        await programSection(),
        await resourcesSection(),
        await displaySection(),
        await programsSection(),
        await credentialsSection(),
        variablesSection(),
      ]);
      console.log(json === true ? JSON.stringify(report, null, 2) : describeReport(report));
      process.exitCode = report.ok ? 0 : 1;
    });
}

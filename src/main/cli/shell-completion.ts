import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Makes a script that completes commands, options and their choices. Other arguments are completed as paths. */
export function completionScript(program: Command, shell: Shell): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](program);
}

function bashScript(program: Command): string {
  const name = program.name();
  const fn = functionName(program);
  const values = program.commands.flatMap((command) =>
    optionsOf(command).flatMap((option) =>
      option.argChoices === undefined
        ? []
        : [`    '${command.name()} ${option.long}') words='${option.argChoices.join(' ')}' ;;`],
    ),
  );
  const choices = program.commands.flatMap((command) => {
    const flags = [...optionsOf(command).map(({ long }) => long), '--help'];
    const args = argumentChoices(command).map(
      (words) => `    '${command.name()} '*) words='${words.join(' ')}' ;;`,
    );
    return [`    '${command.name()} '-*) words='${flags.join(' ')}' ;;`, ...args];
  });
  const commands = program.commands.map((command) => command.name()).join(' ');
  return `# Completion of ${name} for bash
${fn}() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands} help' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  [ -n "$words" ] || case "\${COMP_WORDS[1]} $current" in
${choices.join('\n')}
    'help '*) words='${commands}' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F ${fn} ${name}
`;
}

function zshScript(program: Command): string {
  const name = program.name();
  const fn = functionName(program);
  const commands = program.commands.map(
    (command) => `    ${quote(`${command.name()}:${command.summary()}`)}`,
  );
  const cases = program.commands.map((command) => {
    const specs = [
      ...optionsOf(command).map(zshOption),
      ...argumentChoices(command).map((choices) => `1:argument:(${choices.join(' ')})`),
      '*:file:_files',
    ];
    return `    ${command.name()}) _arguments ${specs.map((spec) => quote(spec)).join(' \\\n      ')} ;;`;
  });
  return `#compdef ${name}
# Completion of ${name} for zsh
${fn}() {
  local -a commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
    help) _describe command commands ;;
  esac
}
if [ "$funcstack[1]" = ${quote(`_${name}`)} ]; then
  ${fn} "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef ${fn} ${name}
fi
`;
}

function zshOption(option: Option): string {
  const described = `${option.long}[${option.description.replace(/[[\]:\\]/g, '\\$&')}]`;
  if (!takesValue(option)) return described;
  if (option.argChoices !== undefined) return `${described}:value:(${option.argChoices.join(' ')})`;
  return `${described}:value:${takesPath(option) ? '_files' : ' '}`;
}

function fishScript(program: Command): string {
  const name = program.name();
  const lines = program.commands.flatMap((command) => {
    const seen = quote(`__fish_seen_subcommand_from ${command.name()}`);
    const options = optionsOf(command).map((option) => {
      const long = String(option.long).replace(/^--/, '');
      const value = option.argChoices === undefined ? '' : ` -a ${quote(option.argChoices.join(' '))}`;
      const kind = takesValue(option) ? (takesPath(option) ? ' -r' : ' -x') : '';
      return `complete -c ${name} -n ${seen} -l ${long}${kind}${value} -d ${quote(option.description)}`;
    });
    const choices = argumentChoices(command).map(
      (words) => `complete -c ${name} -n ${seen} -f -a ${quote(words.join(' '))}`,
    );
    return [
      `complete -c ${name} -n ${quote('__fish_use_subcommand; or __fish_seen_subcommand_from help')} -f -a ${command.name()} -d ${quote(command.summary())}`,
      ...options,
      ...choices,
    ];
  });
  return `# Completion of ${name} for fish\n${lines.join('\n')}\n`;
}

function optionsOf({ options }: Command): Option[] {
  return options.filter(({ hidden, long }) => !hidden && long !== undefined);
}

/** Returns the choices of each argument that has some. */
function argumentChoices({ registeredArguments }: Command): readonly (readonly string[])[] {
  return registeredArguments.flatMap(({ argChoices }) => (argChoices === undefined ? [] : [argChoices]));
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

/** Decides by the name of the value: `<file>`, `<folders...>`, `<path>`. */
function takesPath({ flags }: Option): boolean {
  return /<[^>]*(file|folder|path|input)/.test(flags);
}

function functionName(program: Command): string {
  return `_${program.name().replaceAll('-', '_')}`;
}

/** Quotes text for both POSIX shells and fish. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

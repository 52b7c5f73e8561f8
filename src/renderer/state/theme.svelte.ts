const KEY = 'theme';
export const THEMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;
export type ThemeName = keyof typeof THEMES;

/** Light or dark, as the user chose in this browser. `styles/theme.css` has the colours of both. */
export class Theme {
  private chosen = $state<ThemeName>(stored());

  constructor() {
    this.apply();
  }

  get name(): ThemeName {
    return this.chosen;
  }

  set name(name: ThemeName) {
    this.chosen = name;
    localStorage.setItem(KEY, name);
    this.apply();
  }

  private apply(): void {
    document.documentElement.dataset['theme'] = this.chosen;
  }
}

function stored(): ThemeName {
  const name = localStorage.getItem(KEY);
  return name === 'light' || name === 'dark' ? name : 'system';
}

import { z } from 'zod';
import { projectSchema, type Project } from '../../shared/api/project-types';
import type { JsonFile } from '../base/json-file';

export const projectsSchema = z.array(projectSchema);

/** Datasets that are viewed together, and the state of the viewer. Projects outlive the program. */
export class Projects {
  private projects: readonly Project[] = [];

  constructor(
    private readonly file: JsonFile<Project[]>,
    private readonly changed: () => void,
  ) {}

  async load(setAside: (movedTo: string) => void): Promise<void> {
    this.projects = (await this.file.load(setAside)) ?? [];
  }

  /** Returns the projects, the newest first. */
  list(): Project[] {
    return [...this.projects].sort((a, b) => b.modifiedMs - a.modifiedMs);
  }

  /** Stores a project, in place of the project with the same id. */
  async save(project: Omit<Project, 'modifiedMs'>): Promise<void> {
    await this.keep([...this.others(project.id), { ...project, modifiedMs: Date.now() }]);
  }

  /** Forgets a project. Its datasets stay. */
  async remove(id: string): Promise<void> {
    await this.keep(this.others(id));
  }

  /** Updates the projects after a dataset's folder has changed. */
  async move(from: string, to: string): Promise<void> {
    const isMoved = ({ layers }: Project) => layers.some(({ path }) => path === from);
    if (!this.projects.some(isMoved)) return;
    const moved = this.projects.map((project) => ({
      ...project,
      layers: project.layers.map((layer) => (layer.path === from ? { ...layer, path: to } : layer)),
    }));
    await this.keep(moved);
  }

  private others(id: string): Project[] {
    return this.projects.filter((project) => project.id !== id);
  }

  private async keep(projects: Project[]): Promise<void> {
    this.projects = projects;
    this.changed();
    await this.file.save(projects);
  }
}

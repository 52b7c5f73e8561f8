import type { Client } from 'ssh2';
import { IoError } from '../../../shared/base/errors';
import type { CommandResult } from '../../base/run-script';
import type { AskSecret } from './ask-secret';
import type { HostAbilities } from './host-abilities';
import { SftpChannel } from './sftp-channel';
import type { SshSettings } from './login-attempt';
import { connectSsh, isRclone, openSftp, runScript } from './ssh-connection';
import { brokenOff } from './ssh-errors';

/** OpenSSH allows ten channels per connection. */
const CHANNELS = 4;

/** A connection to a host that carries several channels of SFTP. It is opened when it is needed, and again after it broke. */
export class SftpConnection {
  private readonly settings: SshSettings;
  private readonly leaving = new AbortController();
  private current: Promise<Connection> | undefined;
  private hasConnected = false;

  /**
   * @param id the place, for messages
   * @param abilities learns from the kind of server what the host can't do
   * @param onLost is called when the connection broke
   */
  constructor(
    private readonly id: string,
    settings: SshSettings,
    private readonly abilities: HostAbilities,
    private readonly onLost: () => void,
  ) {
    this.settings = {
      ...settings,
      askSecret: rememberAnswers(settings.askSecret),
      signal: this.leaving.signal,
    };
  }

  /** Returns the channels in turn. */
  async channel(): Promise<SftpChannel> {
    const connection = await this.connected();
    const channel = connection.channels[connection.next++ % connection.channels.length];
    if (channel === undefined) throw brokenOff(this.id);
    return channel;
  }

  /** Returns the connection, and opens it if there is none. */
  private connected(): Promise<Connection> {
    if (this.current !== undefined) return this.current;
    const connecting = this.connect(() => {
      if (this.current !== connecting) return;
      this.current = undefined;
      this.onLost();
    });
    this.current = connecting;
    connecting.catch(() => {
      if (this.current === connecting) this.current = undefined;
    });
    return connecting;
  }

  private async connect(forget: () => void): Promise<Connection> {
    const client = await connectSsh(this.settings).catch((error: unknown) => {
      // A host that was there is starting again, or the network is gone for a while.
      throw this.hasConnected && error instanceof IoError ? brokenOff(this.id) : error;
    });
    const channels: SftpChannel[] = [];
    const lost = (): void => {
      for (const channel of channels) channel.close();
      forget();
    };
    client.on('close', lost);
    client.on('error', lost);
    // A channel must be listened to at once: it may be closed while others are being opened.
    const open = async (): Promise<void> => {
      const sftp = await openSftp(client, this.id);
      channels.push(new SftpChannel(sftp, this.id));
    };
    try {
      await open();
    } catch (error) {
      client.destroy();
      throw error;
    }
    this.hasConnected = true;
    // It may take what it has of an interrupted file for the whole.
    if (isRclone(client)) this.abilities.canWriteAnywhere = false;
    await Promise.allSettled(Array.from({ length: CHANNELS - 1 }, open));
    return { client, channels, next: 0 };
  }

  /** Runs a script by the host's shell. */
  async runScript(script: string): Promise<CommandResult> {
    return runScript((await this.connected()).client, script, this.id);
  }

  /** Cuts the connection. No call is waiting any more, and ssh2 can't abort a connection that it closes politely. */
  close(): void {
    this.current = undefined;
    this.leaving.abort();
  }
}

interface Connection {
  readonly client: Client;
  readonly channels: readonly SftpChannel[];
  next: number;
}

/** Remembers answers, so that a new connection needs no questions, except for codes, which work only once. */
function rememberAnswers(ask: AskSecret): AskSecret {
  const answers = new Map<string, Promise<string | undefined>>();
  return (question, kind, shown) => {
    if (kind === 'code') return ask(question, kind, shown);
    const answer = answers.get(question) ?? ask(question, kind, shown);
    answers.set(question, answer);
    return answer;
  };
}

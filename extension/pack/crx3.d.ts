declare module 'crx3' {
  type Options = {
    keyPath: string;
    crxPath: string;
    zipPath: string;
    xmlPath: string;
    crxURL: string;
    appVersion?: string;
  };
  export default function crx3(files: string[], options: Options): Promise<unknown>;
}

import { hasCode } from '../journal.ts';
import { refusal, type ToolAnswer } from './tool.ts';

const sentences: Record<string, string> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a directory',
  ENOTDIR: 'lies below something that is not a directory',
  EACCES: 'may not be accessed',
  EPERM: 'may not be accessed',
  EROFS: 'is read-only',
  ELOOP: 'is a link that leads in a circle',
  ENAMETOOLONG: 'is too long a name',
  ENXIO: 'is not a regular file',
};

/** Expected errors of the file system as answers; others are bugs and thrown. */
export function fileError(error: unknown, path: string): ToolAnswer {
  if (hasCode(error, 'ENOSPC', 'EDQUOT'))
    return refusal(`the sandbox's disk is full: ${path} was not written`, 'disk_full');
  const code = Error.isError(error) && 'code' in error ? String(error.code) : '';
  const sentence = sentences[code];
  if (!sentence) throw error;
  return refusal(`${path} ${sentence}`);
}

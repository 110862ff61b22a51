import { useCallback, useRef, useState } from 'react';
import type { Client } from '../../client/index.ts';
import type { Attachment } from '../../index.ts';
import { admit } from './attach.ts';

export type PendingFile = { key: number; name: string; size: number } & (
  | { state: 'uploading' }
  | { state: 'ready'; attachment: Attachment }
  | { state: 'failed'; message: string }
);

export type Attachments = {
  files: readonly PendingFile[];
  /** Why the last file was not taken. */
  refusal: string | null;
  add: (files: readonly File[]) => void;
  remove: (key: number) => void;
  clear: () => void;
};

let keys = 0;

/** Files are uploaded as soon as they are added, so that sending the prompt waits for nothing. */
export function useAttachments(upload: Client['uploadAttachment']): Attachments {
  const [files, setFiles] = useState<readonly PendingFile[]>([]);
  const [refusal, setRefusal] = useState<string | null>(null);
  const count = useRef(0);
  count.current = files.length;

  const add = useCallback(
    (given: readonly File[]) => {
      const { admitted, refusal: reason } = admit(given, count.current);
      setRefusal(reason);
      for (const file of admitted) {
        const key = keys++;
        const about = { key, name: file.name, size: file.size };
        const settle = (settled: PendingFile) =>
          setFiles(before => before.map(other => (other.key === key ? settled : other)));
        setFiles(before => [...before, { ...about, state: 'uploading' }]);
        void upload(file).then(answer =>
          settle(
            answer.ok
              ? { ...about, state: 'ready', attachment: answer.attachment }
              : { ...about, state: 'failed', message: answer.message },
          ),
        );
      }
    },
    [upload],
  );
  const remove = useCallback(
    (key: number) => setFiles(before => before.filter(file => file.key !== key)),
    [],
  );
  const clear = useCallback(() => {
    setFiles([]);
    setRefusal(null);
  }, []);
  return { files, refusal, add, remove, clear };
}

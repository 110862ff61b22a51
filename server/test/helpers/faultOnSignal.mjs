/** Loaded into a server under test by NODE_OPTIONS: rejections that nobody handles, when it is told. */
process.on('SIGUSR2', () => void Promise.reject(new Error('an injected fault')));
process.on('SIGIO', async () => {
  // The server's own, however it was loaded.
  const { FenceLost } = await import('../../src/sessions/run/turnWriter.ts');
  void Promise.reject(new FenceLost('an injected loss'));
});

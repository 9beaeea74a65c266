import { createClient, type Answer } from '@/api';

/** Fetches a file by POST, as no link can, and hands it to the browser to keep. The answer says why not, where it is refused. */
export async function fetchFile(path: string): Promise<Answer> {
  let file: Blob | null = null;
  let name = 'routebook';
  // The client reads JSON only: the file is put aside and its name is what the client reads.
  const client = createClient({
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (!response.ok) return response;
      file = await response.blob();
      name = nameOf(response.headers.get('Content-Disposition') ?? '') ?? name;
      return Response.json({ name });
    },
  });
  const answer = await client('POST', path, { timeoutMs: 60_000 });
  if (answer.ok && file) keep(file, name);
  return answer;
}

export function nameOf(disposition: string): string | null {
  return /filename="([\w.-]+)"/.exec(disposition)?.[1] ?? null;
}

function keep(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

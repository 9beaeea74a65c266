/** A JPEG as it is kept and sent. */
export interface EncodedPhoto {
  readonly bytes: ArrayBuffer;
  readonly width: number;
  readonly height: number;
}

const longestSide = 1600;
const quality = 0.75;

/** Draws the picture anew, smaller: of the camera's file only the pixels stay, no place, time or serial number. */
export async function encodePhoto(
  source: CanvasImageSource,
  width: number,
  height: number,
): Promise<EncodedPhoto> {
  const scale = Math.min(1, longestSide / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('no canvas');
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
  if (!blob) throw new Error('no picture');
  return { bytes: await blob.arrayBuffer(), width: canvas.width, height: canvas.height };
}

/** A file of the phone's own camera app, turned the right way up. */
export async function encodeFile(file: Blob): Promise<EncodedPhoto> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    return await encodePhoto(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

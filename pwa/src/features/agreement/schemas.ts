import * as v from 'valibot';

export const AgreementSchema = v.object({
  needed: v.boolean(),
  version: v.nullable(v.number()),
  title: v.string(),
  title_en: v.string(),
  text: v.string(),
  text_en: v.string(),
  published_at: v.nullable(v.string()),
  accepted_at: v.nullable(v.string()),
});
export type Agreement = v.InferOutput<typeof AgreementSchema>;

/** Title and paragraphs in a language: Chinese where there is no translation, as the server keeps it. */
export function shownIn(agreement: Agreement, language: string): { title: string; paragraphs: string[] } {
  const english = language === 'en' && agreement.text_en !== '';
  return {
    title: english ? agreement.title_en || agreement.title : agreement.title,
    paragraphs: (english ? agreement.text_en : agreement.text).split('\n').filter((line) => line.trim()),
  };
}

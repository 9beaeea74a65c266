import type { MessageContext, MessageFunction } from '@intlify/core-base';

type Part = string | { readonly name: string };

const placeholder = /\{(\w+)\}/g;

/**
 * Turns `"{count} store | {count} stores"` into a message function. It knows the two things our texts use: named
 * places and plural forms split by ` | `. vue-i18n's own compiler is about 5 KB more and knows linked
 * messages, lists and HTML; none of our texts needs them.
 */
export function compileMessage(message: string): MessageFunction<string> {
  const forms = message.split(' | ').map(split);
  const only = forms[0] ?? [];
  if (forms.length === 1) return (context: MessageContext<string>) => fill(only, context);
  return (context: MessageContext<string>) => context.plural(forms.map((form) => fill(form, context)));
}

function split(text: string): Part[] {
  return text.split(placeholder).map((piece, index) => (index % 2 === 1 ? { name: piece } : piece));
}

function fill(parts: readonly Part[], context: MessageContext<string>): string {
  return parts.map((part) => (typeof part === 'string' ? part : String(context.named(part.name)))).join('');
}

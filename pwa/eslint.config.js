import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const pureFloor = {
  group: ['vue', '@/router', 'idb', '@/features/*', '@/ui/*', '@/storage/*', '@/sync/*', '@/api/*'],
  message: 'src/domain is pure: plain values in, plain values out.',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: { globals: { ...globals.browser, __BUILD_ID__: 'readonly', __GALLERY__: 'readonly' } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'confirm' }, { name: 'alert' }, { name: 'event' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/component-name-in-template-casing': ['error', 'PascalCase'],
      'vue/define-macros-order': [
        'error',
        { order: ['defineOptions', 'defineProps', 'defineEmits', 'defineModel', 'defineSlots'] },
      ],
      'vue/multi-word-component-names': ['error', { ignores: ['App'] }],
      'vue/no-v-html': 'error',
      // The content security policy allows no style attribute; a binding goes through the CSSOM and is fine.
      'vue/no-static-inline-styles': ['error', { allowBinding: true }],
      'vue/no-undef-components': ['error', { ignorePatterns: [] }],
      'vue/require-default-prop': 'off',
    },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [pureFloor] }] },
  },
  {
    files: ['src/ui/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@/features/*', '@/storage/*', '@/sync/*', '@/api/*', '@/router'],
              message: 'src/ui knows no feature, storage or server; links come as href.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/storage/**', 'src/sync/**', 'src/api/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@/features/*', '@/ui/*', '@/router'],
              message: 'Storage, sync and api know no screen.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['build/**', 'scripts/**', '*.config.*'],
    languageOptions: { globals: { ...globals.node } },
    rules: { 'no-console': 'off' },
  },
  prettier,
);

declare const __BUILD_ID__: string;
declare const __GALLERY__: boolean;

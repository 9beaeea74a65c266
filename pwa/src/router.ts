import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import { galleryRoutes } from '@/features/gallery/routes';

const routes: RouteRecordRaw[] = [...(__GALLERY__ ? galleryRoutes : [])];

export const router = createRouter({ history: createWebHistory(), routes });

// One page a job; each is loaded when it is first opened.
import { createRouter, createWebHistory } from 'vue-router'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: () => import('@/pages/HomePage.vue') },
    { path: '/j', component: () => import('@/pages/LinkPage.vue') },
    { path: '/sign-in', component: () => import('@/pages/SignInPage.vue') },
    { path: '/join/:session', component: () => import('@/room/RoomPage.vue') },
    { path: '/room/:session', component: () => import('@/room/RoomPage.vue') },
    { path: '/:rest(.*)*', component: () => import('@/pages/MissingPage.vue') },
  ],
  scrollBehavior: () => ({ top: 0 }),
})

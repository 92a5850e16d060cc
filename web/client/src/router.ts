// One page a job; each is loaded when it is first opened.
import { createRouter, createWebHistory } from 'vue-router'
import { sessionHere } from './api'
import { namelessPage, setTab } from './session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: () => import('@/pages/HomePage.vue') },
    { path: '/j', component: () => import('@/pages/LinkPage.vue') },
    { path: '/enter', component: () => import('@/pages/EnterPage.vue') },
    { path: '/sign-in', component: () => import('@/pages/SignInPage.vue') },
    { path: '/join/:session', component: () => import('@/room/RoomPage.vue') },
    { path: '/room/:session', component: () => import('@/room/RoomPage.vue') },
    { path: '/report', component: () => import('@/pages/ReportPage.vue') },
    { path: '/c/:code', component: () => import('@/pages/ProgressPage.vue') },
    { path: '/mine', component: () => import('@/pages/ResidentPage.vue') },
    { path: '/mine/:id', component: () => import('@/pages/MinePage.vue') },
    { path: '/own/:id', component: () => import('@/pages/OwnPage.vue') },
    { path: '/desk', component: () => import('@/pages/DeskPage.vue') },
    { path: '/desk/cases', component: () => import('@/pages/CasesPage.vue') },
    { path: '/desk/intake', component: () => import('@/pages/IntakePage.vue') },
    { path: '/desk/risk', component: () => import('@/pages/RiskPage.vue') },
    { path: '/desk/experts', component: () => import('@/pages/ExpertsPage.vue') },
    { path: '/account', component: () => import('@/pages/AccountPage.vue') },
    { path: '/administration', component: () => import('@/pages/AdministrationPage.vue') },
    { path: '/case/:id', component: () => import('@/pages/CasePage.vue') },
    { path: '/case/:id/playback', component: () => import('@/pages/PlaybackPage.vue') },
    { path: '/case/:id/past', component: () => import('@/pages/PastPage.vue') },
    { path: '/wall/:region?', component: () => import('@/pages/WallPage.vue') },
    { path: '/rate', component: () => import('@/pages/RatePage.vue') },
    { path: '/verify', component: () => import('@/pages/VerifyPage.vue') },
    { path: '/:rest(.*)*', component: () => import('@/pages/MissingPage.vue') },
  ],
  scrollBehavior: () => ({ top: 0 }),
})

// Pages of people without an account: an address in a calendar names no session, but this browser may have the one that opens it.
router.beforeEach((to, from) => {
  const nameless = namelessPage(to, from)
  if (!nameless) return true
  return sessionHere(...nameless)
    .catch(() => '')
    .then((as) => {
      if (as) setTab(as)
      return true
    })
})

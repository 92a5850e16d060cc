// One page a job; each is loaded when it is first opened.
import { createRouter, createWebHistory } from 'vue-router'
import { sessionHere } from './api'
import { namelessPage, setTab } from './session'
import { followTitle } from './title'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', meta: { title: 'home' }, component: () => import('@/pages/HomePage.vue') },
    { path: '/j', meta: { title: 'link' }, component: () => import('@/pages/LinkPage.vue') },
    { path: '/enter', meta: { title: 'enter' }, component: () => import('@/pages/EnterPage.vue') },
    { path: '/sign-in', meta: { title: 'signIn' }, component: () => import('@/pages/SignInPage.vue') },
    { path: '/join/:session', meta: { title: 'room' }, component: () => import('@/room/RoomPage.vue') },
    { path: '/room/:session', meta: { title: 'room' }, component: () => import('@/room/RoomPage.vue') },
    { path: '/report', meta: { title: 'report' }, component: () => import('@/pages/ReportPage.vue') },
    { path: '/c/:code', meta: { title: 'progress' }, component: () => import('@/pages/ProgressPage.vue') },
    { path: '/mine', meta: { title: 'resident' }, component: () => import('@/pages/ResidentPage.vue') },
    { path: '/mine/:id', meta: { title: 'mine' }, component: () => import('@/pages/MinePage.vue') },
    { path: '/own/:id', meta: { title: 'own' }, component: () => import('@/pages/OwnPage.vue') },
    { path: '/desk', meta: { title: 'desk' }, component: () => import('@/pages/DeskPage.vue') },
    { path: '/desk/cases', meta: { title: 'cases' }, component: () => import('@/pages/CasesPage.vue') },
    { path: '/desk/intake', meta: { title: 'intake' }, component: () => import('@/pages/IntakePage.vue') },
    { path: '/desk/risk', meta: { title: 'risk' }, component: () => import('@/pages/RiskPage.vue') },
    { path: '/desk/experts', meta: { title: 'experts' }, component: () => import('@/pages/ExpertsPage.vue') },
    { path: '/account', meta: { title: 'account' }, component: () => import('@/pages/AccountPage.vue') },
    { path: '/rights', meta: { title: 'rights' }, component: () => import('@/pages/RightsPage.vue') },
    { path: '/administration', meta: { title: 'administration' }, component: () => import('@/pages/AdministrationPage.vue') },
    { path: '/case/:id', meta: { title: 'case' }, component: () => import('@/pages/CasePage.vue') },
    { path: '/case/:id/playback', meta: { title: 'playback' }, component: () => import('@/pages/PlaybackPage.vue') },
    { path: '/case/:id/past', meta: { title: 'past' }, component: () => import('@/pages/PastPage.vue') },
    { path: '/wall/:region?', meta: { title: 'wall' }, component: () => import('@/pages/WallPage.vue') },
    { path: '/rate', meta: { title: 'rate' }, component: () => import('@/pages/RatePage.vue') },
    { path: '/verify', meta: { title: 'verify' }, component: () => import('@/pages/VerifyPage.vue') },
    { path: '/:rest(.*)*', meta: { title: 'missing' }, component: () => import('@/pages/MissingPage.vue') },
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

followTitle(router)

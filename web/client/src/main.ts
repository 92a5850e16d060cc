import { createApp } from 'vue'
import App from './App.vue'
import { i18n, ready } from './i18n'
import { router } from './router'
import './settings'
import './styles/tokens.css'
import './styles/base.css'

ready.then(
  () => createApp(App).use(i18n).use(router).mount('#app'),
  // Without words of its own the page can still say this, in both languages.
  () => document.querySelector('#app')!.append('网络不好，页面没有打开完整，请刷新。 The page could not be loaded; please reload it.'),
)

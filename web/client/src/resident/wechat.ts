/** Whether a page is read inside WeChat, whose name its browser tells. */
export const inWechat = (agent: string): boolean => /\bMicroMessenger\//.test(agent)

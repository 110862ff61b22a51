/** The app as Slack knows it. */
export type Self = { team: string; teamName: string; botUserId: string; botId: string };

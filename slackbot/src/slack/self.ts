/** The app as Slack knows it. `enterprise`: the organisation of its workspace, in Enterprise Grid. */
export type Self = {
  team: string;
  enterprise: string | null;
  teamName: string;
  botUserId: string;
  botId: string;
};

import { service } from 'eventwright'
import type { MailGateway } from '../../outside/mail-gateway.ts'
import { decisionMail } from './decision-mail.ts'

/** Writes to customers through a mail gateway. */
export const notifications = (mail: MailGateway) =>
  service('notifications', { owner: 'team-customers', parts: [decisionMail(mail)] })

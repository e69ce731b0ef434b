// Package bot decides what an inbound message means and what is answered.
//
// A message's way: a channel verifies and decodes it; Bot.Handle takes it in,
// once, in the order its subscriber wrote; a human agent, a flow, a rule, a
// skill or the default answers, in that order of precedence; the message, the
// answer and the state of the conversation become durable together; what fits
// goes back in the webhook's own response and the rest goes through the outbox.
//
// Who owns what: Subscribers (people, tags, consent, counters), Inbox
// (conversations, take-over), Rules and Flows (what the merchant taught the
// bot), Connections (credentials of channels), Outbox (sending outside a
// webhook), Webhooks (channel in, channel out).
package bot

// Package kakaotest is Kakao's side for tests: a strict local stand-in of the
// chatbot platform, of the Event API, of Kakao Developers' callback and of a
// dealer for notice templates. It keeps one bot, calls the skill with the
// platform's time limit, checks each answer against the published format,
// remembers what people saw, and can be made to have troubles (bot/standin).
//
// It shares no code with the channel: answers are checked against a JSON Schema
// that was written down from the documentation.
package kakaotest

// Package kakao makes a KakaoTalk channel one of the bot's messengers. Kakao's
// chatbot platform calls a skill for each thing a person says and shows what
// the skill answers; a skill can't speak first. What is left over waits for the
// person's next call (bot.Channel's Gather), goes to a callback address that a
// slow call has left, or is fetched by Kakao itself when the Event API is told
// that something waits. Platform documents: Kakao Business guide, "Skill
// guide", "AI chatbot callback guide", "Event API"; Kakao Developers, "Kakao
// Talk Channel: callback".
package kakao

package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"plaza/bot/placeholder"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// visit is everything known while one message is handled.
type visit struct {
	lesson       *lesson
	in           message.Inbound
	record       Inbound
	subscriber   Subscriber // as it will be
	known        Subscriber // as it was
	isNew        bool       // never heard of before
	follower     bool       // the channel lets only followers write
	conversation Conversation
	now          time.Time
	// claim writes down that the message is being handled; to be called before
	// anything with an effect elsewhere.
	claim func(context.Context) error
}

// decision is what is answered and what changes by it.
type decision struct {
	replies    []reply
	tags       []string          // to add to the subscriber
	attributes map[string]string // to note of the subscriber
	flow       *FlowState        // the dialogue under way from now on
	handover   bool              // pass the conversation to human agents
	overlooked bool              // said something that nothing particular answers
	passed     bool              // to the developer, by writing what follows
	also       []store.Operation // to write along with all this
	language   string            // of whom is answered
}

// reply is one message of an answer.
type reply struct {
	out message.Outbound
	by  Author
}

func (d *decision) say(by Author, out ...message.Outbound) {
	for _, o := range out {
		if o.Form == message.HandoverForm {
			d.handover = true
		}
		o.Language = d.language
		d.replies = append(d.replies, reply{o, by})
	}
}

// decide finds the answer: what is said in an agent's conversation is left alone;
// then the developer's program, a flow under way, a rule, a skill, the default. Only
// infrastructure makes it fail.
func (b *Bot) decide(ctx context.Context, v *visit) (decision, error) {
	d := decision{flow: v.conversation.Flow, language: v.subscriber.Language}
	if d.flow != nil && !v.now.Before(d.flow.ExpiresAt) {
		d.flow = nil
	}
	if err := b.pass(ctx, v, &d); d.passed || err != nil {
		return d, err
	}
	if v.in.Silent || !wantsAnswer(v.in.Kind) || v.greeted() {
		if v.in.Kind == message.Unfollow {
			d.flow = nil
		}
		return d, nil
	}
	if v.conversation.Agent != "" {
		d.overlooked = isContent(v.in.Kind)
		return d, b.answerPress(ctx, v, &d)
	}
	if d.flow != nil && (isContent(v.in.Kind) || v.in.Kind == message.Press) {
		if flow, ok := v.lesson.flows[d.flow.Flow]; ok {
			b.advance(ctx, v, &d, flow)
			return d, nil
		}
		d.flow = nil // the merchant has removed it
	}
	if rule, ok := v.lesson.find(v.in); ok {
		b.follow(ctx, v, &d, rule)
		return d, nil
	}
	handled, err := b.askSkills(ctx, v, &d)
	if handled || err != nil {
		return d, err
	}
	b.answerByDefault(ctx, v, &d)
	return d, nil
}

// answerPress answers a press in an agent's conversation, where a rule or a skill
// knows it: who presses "My orders" means the button, not the agent. A dialogue
// does not begin, because what is said next would go to the agent.
func (b *Bot) answerPress(ctx context.Context, v *visit, d *decision) error {
	if v.in.Kind != message.Press {
		return nil
	}
	if rule, ok := v.lesson.find(v.in); ok {
		rule.Flow = ""
		b.follow(ctx, v, d, rule)
		return nil
	}
	_, err := b.askSkills(ctx, v, d)
	return err
}

// pass hands a message to the account's developer, if it has one. What a person
// says while an agent has the conversation is the agent's alone; that they came,
// left or pressed a button is still told, as WeChat does.
func (b *Bot) pass(ctx context.Context, v *visit, d *decision) (err error) {
	if b.Developer == nil || v.in.Passed || isContent(v.in.Kind) && v.conversation.Agent != "" {
		return nil
	}
	if d.passed, err = b.Developer.Wants(ctx, v.in); d.passed && err == nil {
		d.also, err = b.Developer.Pass(ctx, v.subscriber.Person(), v.in)
	}
	return err
}

// wantsAnswer says whether anybody waits for an answer to such a message.
func wantsAnswer(kind message.Kind) bool {
	return isContent(kind) || kind == message.Follow || kind == message.Scan || kind == message.Press
}

// greetingAge is how long a second report of the same following may come behind
// the first: some messengers tell that the person lets us write again, and then
// that they have begun to.
const greetingAge = 10 * time.Second

// greeted says whether this following has just been answered.
func (v *visit) greeted() bool {
	return v.in.Kind == message.Follow && v.in.Scene == "" && v.known.Followed &&
		v.known.FollowedAt != nil && v.now.Sub(*v.known.FollowedAt) < greetingAge
}

// follow does what a rule says.
func (b *Bot) follow(ctx context.Context, v *visit, d *decision, rule compiledRule) {
	if rule.AddTag != "" {
		d.tags = append(d.tags, rule.AddTag)
	}
	d.say(ByBot, b.compose(ctx, v, rule.answers, nil)...)
	if flow, ok := v.lesson.flows[rule.Flow]; ok {
		d.flow = &FlowState{Flow: flow.ID, ExpiresAt: v.now.Add(flow.timeout())}
		b.ask(ctx, v, d, flow, 0)
	}
}

// answerByDefault answers what nothing particular answers.
func (b *Bot) answerByDefault(ctx context.Context, v *visit, d *decision) {
	switch {
	case v.in.Kind == message.Follow:
		d.say(ByBot, message.Text(b.text(v, "bot.welcome", v.lesson.account.name(v.subscriber.Language))))
	case v.in.Kind == message.Scan:
		// A code may only have been scanned to be counted.
	default:
		d.overlooked = isContent(v.in.Kind)
		if rule, ok := v.lesson.fallback(); ok {
			b.follow(ctx, v, d, rule)
			return
		}
		d.say(ByBot, message.Text(b.text(v, "bot.default")))
	}
}

// askSkills asks each skill in turn. What goes wrong inside one is answered
// politely and logged under an id that the person can quote; nothing is lost.
func (b *Bot) askSkills(ctx context.Context, v *visit, d *decision) (handled bool, err error) {
	wanting := slices.DeleteFunc(slices.Clone(b.Skills), func(skill Skill) bool {
		selective, ok := skill.(Selective)
		return ok && !selective.Wants(v.in)
	})
	if len(wanting) == 0 {
		return false, nil
	}
	if err := v.claim(ctx); err != nil {
		return false, err
	}
	person := v.subscriber.Person()
	for _, skill := range wanting {
		answer, handled, err := safely(ctx, skill, person, v.in)
		if err != nil {
			d.say(ByBot, message.Text(b.apology(v, err)))
			return true, nil
		}
		if handled {
			d.say(BySkill, answer...)
			return true, nil
		}
	}
	return false, nil
}

// panicked is a panic, turned into an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func safely(ctx context.Context, skill Skill, person message.Person, in message.Inbound) (answer []message.Outbound, handled bool, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		}
	}()
	return skill.Answer(ctx, person, in)
}

// apology is what a person reads when something went wrong: the fault, if it is
// one they can act on, else that we are sorry, with an id that finds the log.
func (b *Bot) apology(v *visit, err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind != fault.Internal {
		return b.text(v, "fault."+f.Code, f.Args...)
	}
	id := store.NewID()
	attributes := []any{"id", id, "account", v.in.Account, "channel", v.in.Channel, "kind", v.in.Kind, "error", err}
	if p, ok := errors.AsType[*panicked](err); ok {
		attributes = append(attributes, "stack", string(p.stack))
	}
	b.Logger.Error("no answer", attributes...)
	return b.text(v, "bot.sorry", id)
}

func (b *Bot) text(v *visit, key string, args ...any) string {
	return b.Texts.Text(v.subscriber.Language, key, args...)
}

// advance takes the message for the answer to a flow's question.
func (b *Bot) advance(ctx context.Context, v *visit, d *decision, flow compiledFlow) {
	state := *d.flow
	state.Values = maps.Clone(state.Values)
	state.ExpiresAt = v.now.Add(flow.timeout())
	i := flow.index(state.Step)
	switch {
	case isCancelWord(v.in.Text):
		d.flow = nil
		d.say(ByBot, message.Text(b.text(v, "bot.flow.cancelled")))
		return
	case i < 0: // the merchant has removed the step
		d.flow = nil
		b.answerByDefault(ctx, v, d)
		return
	}
	step := flow.Steps[i]
	value, chosen, ok := step.read(v.in, v.now.In(v.lesson.account.Zone))
	if !ok {
		d.flow = &state
		b.askAgain(ctx, v, d, flow, i)
		return
	}
	state.Tries = 0
	if step.Store != "" {
		if state.Values == nil {
			state.Values = make(map[string]string)
		}
		state.Values[step.Store] = value
	}
	next := step.Next
	if chosen != nil {
		if chosen.AddTag != "" {
			state.Tags = append(slices.Clone(state.Tags), chosen.AddTag)
		}
		if chosen.Next != "" {
			next = chosen.Next
		}
	}
	d.flow = &state
	b.ask(ctx, v, d, flow, flow.after(i, next))
}

// askAgain says what kind of answer is wanted; after maxTries it leaves the
// person to the members.
func (b *Bot) askAgain(ctx context.Context, v *visit, d *decision, flow compiledFlow, i int) {
	d.flow.Tries++
	if d.flow.Tries >= maxTries {
		d.flow, d.overlooked = nil, true
		d.say(ByBot, message.Text(b.text(v, "bot.flow.gave_up")))
		return
	}
	d.say(ByBot, message.Text(b.text(v, "bot.flow.again."+string(flow.Steps[i].Kind))))
	b.ask(ctx, v, d, flow, i)
}

// ask puts the question of step i; -1 ends the flow and keeps what was said.
func (b *Bot) ask(ctx context.Context, v *visit, d *decision, flow compiledFlow, i int) {
	state := d.flow
	if i < 0 {
		d.flow = nil
		d.attributes = state.Values
		d.tags = append(d.tags, state.Tags...)
		if flow.AddTag != "" {
			d.tags = append(d.tags, flow.AddTag)
		}
		d.say(ByBot, b.compose(ctx, v, flow.done, state.Values)...)
		return
	}
	step := flow.Steps[i]
	state.Step = step.ID
	question := flow.asks[i].in(v.subscriber.Language, v.lesson.account.Language, b.values(ctx, v, state.Values))
	if len(step.Choices) == 0 {
		d.say(ByBot, message.Text(question))
		return
	}
	buttons := make([]message.Button, len(step.Choices))
	for n, choice := range step.Choices {
		label := choice.Label.In(v.subscriber.Language, v.lesson.account.Language)
		buttons[n] = message.Button{Label: label, Payload: choice.Value, Say: label}
	}
	d.say(ByBot, message.Choice(question, buttons...))
}

// cancelWords end a flow, in every language whatever the person's own.
var cancelWords = []string{"cancel", "stop", "quit", "取消", "退出", "算了", "취소", "그만", "중단"}

func isCancelWord(text string) bool { return slices.Contains(cancelWords, fold(text)) }

// name is the account's name for a reader of language.
func (a Account) name(language string) string {
	if name := Wording(a.Names).In(language, a.Language); name != "" {
		return name
	}
	return a.Slug
}

// values answers what placeholders stand for; extra are attributes that are
// newer than the subscriber's.
func (b *Bot) values(ctx context.Context, v *visit, extra map[string]string) placeholder.Values {
	return b.valuesOf(ctx, v.lesson.account, v.subscriber, v.now, extra)
}

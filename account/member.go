package account

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"plaza/message"
	"plaza/store"
)

// Member is a person who runs accounts.
type Member struct {
	ID       string `bson:"_id" json:"id"` // ULID
	Email    string `bson:"email" json:"email"`
	Name     string `bson:"name" json:"name"`
	Language string `bson:"language" json:"language"` // one of message.Languages
	Password string `bson:"password" json:"-"`        // argon2id hash; empty: none was set
	Disabled bool   `bson:"disabled" json:"disabled"`
	// Generation rises when the password changes or the member is disabled.
	// Sessions and links of an earlier one are void, from that very write on.
	Generation int64     `bson:"generation" json:"-"`
	CreatedAt  time.Time `bson:"created_at" json:"created_at"`
	UpdatedAt  time.Time `bson:"updated_at" json:"updated_at"`
}

// Actor is the member as the audit log knows them.
func (m Member) Actor(address string) Actor {
	return Actor{Kind: MemberActor, ID: m.ID, Name: m.Name, Address: address}
}

var members = store.Declare[Member](store.Schema{
	Name:    "members",
	Global:  true,
	Indexes: []store.Index{{Fields: []string{"email"}, Unique: true}},
})

// Membership is the seat of a member in an account.
type Membership struct {
	ID        string    `bson:"_id"` // account + ":" + member
	Account   string    `bson:"account"`
	Member    string    `bson:"member"`
	Role      Role      `bson:"role"`
	CreatedAt time.Time `bson:"created_at"`
}

var memberships = store.Declare[Membership](store.Schema{
	Name:    "memberships",
	Indexes: []store.Index{{Fields: []string{"member"}, Across: true}},
})

func membershipID(account, member string) string { return account + ":" + member }

func newMembership(account, member string, role Role, now time.Time) Membership {
	return Membership{ID: membershipID(account, member), Account: account, Member: member, Role: role, CreatedAt: now}
}

// maxEmail is the longest address mail can be sent to (RFC 5321).
const maxEmail = 254

// normalEmail is the form in which addresses are compared: people type capital
// letters and full-width signs, and mean the same.
func normalEmail(text string) (string, error) {
	text = strings.ToLower(norm.NFKC.String(strings.TrimSpace(text)))
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > maxEmail {
		return "", ErrEmail
	}
	return text, nil
}

func checkPerson(name, language string) (string, error) {
	name = strings.TrimSpace(strings.ToValidUTF8(name, ""))
	switch {
	case name == "":
		return "", ErrNameMissing
	case utf8.RuneCountInString(name) > MaxName:
		return "", textTooLong(MaxName).In("name")
	case !slices.Contains(message.Languages[:], language):
		return "", ErrLanguage
	}
	return name, nil
}

package account

import "slices"

// Permission is one thing a member or a token may do. Everything that is not
// named here is open to every member of the account.
type Permission string

// The permissions.
const (
	Settings         Permission = "settings"          // change the account, its channels and keys
	ManageMembers    Permission = "members"           // invite and remove, give roles
	ManageTokens     Permission = "tokens"            // make and revoke API tokens
	ReadAudit        Permission = "audit.read"        // see who did what
	ReadInbox        Permission = "inbox.read"        // see conversations
	WriteInbox       Permission = "inbox.write"       // answer and take over
	ReadSubscribers  Permission = "subscribers.read"  // see who follows
	WriteSubscribers Permission = "subscribers.write" // tag, remark, import
	WriteRules       Permission = "rules.write"       // change what the bot does
	ReadCampaigns    Permission = "campaign.read"     // see campaigns, notices, codes
	WriteCampaigns   Permission = "campaign.write"    // write them
	ApproveCampaigns Permission = "campaign.approve"  // let them out
	ReadShop         Permission = "shop.read"         // see products and orders
	WriteShop        Permission = "shop.write"        // change products, stock, coupons
	WriteOrders      Permission = "orders.write"      // ship and cancel
	Refund           Permission = "payments.refund"   // give money back
)

// Role is what a member is in an account.
type Role string

// The roles.
const (
	Owner    Role = "owner"
	Editor   Role = "editor"
	Approver Role = "approver"
	Agent    Role = "agent"
	Viewer   Role = "viewer"
)

// Roles lists the roles, most powerful first.
func Roles() []Role { return []Role{Owner, Editor, Approver, Agent, Viewer} }

var (
	seeing = []Permission{ReadInbox, ReadSubscribers, ReadCampaigns, ReadShop}
	caring = append(slices.Clip(seeing), WriteInbox, WriteOrders)
)

// permitted is the whole rule of who may do what. An approver cannot write
// campaigns: the second pair of eyes is another person's.
var permitted = map[Role][]Permission{
	Viewer:   seeing,
	Agent:    caring,
	Approver: append(slices.Clip(seeing), ApproveCampaigns, ReadAudit),
	Editor:   append(slices.Clip(caring), WriteSubscribers, WriteRules, WriteCampaigns, WriteShop),
	Owner: append(slices.Clip(caring), WriteSubscribers, WriteRules, WriteCampaigns, WriteShop,
		ApproveCampaigns, ReadAudit, Refund, Settings, ManageMembers, ManageTokens),
}

// Valid says whether the role exists.
func (r Role) Valid() bool { return permitted[r] != nil }

// Permissions lists what the role may do.
func (r Role) Permissions() []Permission { return slices.Clone(permitted[r]) }

// grants says whether the role may do all of wanted.
func (r Role) grants(wanted []Permission) bool {
	return r.Valid() && !slices.ContainsFunc(wanted, func(p Permission) bool {
		return !slices.Contains(permitted[r], p)
	})
}

// Access is who asks, in which account, and what they may do there. Every
// request that reaches into an account carries one.
type Access struct {
	Account string
	Actor   Actor
	// Member is the id of the person who answers for it: the member, or whoever
	// made the token. What needs two people counts by it.
	Member      string
	Role        Role // empty for a token
	Permissions []Permission
}

// Operate is the access of the operator's command line to an account: all of it.
func Operate(account, command string) Access {
	return Access{Account: account, Actor: System(command), Member: command, Permissions: Owner.Permissions()}
}

// May says whether the permission is among those granted.
func (a Access) May(permission Permission) bool {
	return slices.Contains(a.Permissions, permission)
}

// Require is ErrNotPermitted unless the permission is granted.
func (a Access) Require(permission Permission) error {
	if a.May(permission) {
		return nil
	}
	return ErrNotPermitted
}

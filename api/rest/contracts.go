package rest

import (
	"context"

	"plaza/account"
	"plaza/shop/pay"
)

func (s *surface) listContracts(ctx context.Context, who account.Access, _ *none) (page[pay.Contract], error) {
	return all(s.Shop.Payments.Contracts().List(ctx, who.Account))
}

// OneProvider names a payment provider in a path.
type OneProvider struct {
	Provider string `path:"provider" pattern:"^[a-z]{1,20}$"`
}

func (s *surface) getContract(ctx context.Context, who account.Access, in *OneProvider) (pay.Contract, error) {
	return s.Shop.Payments.Contracts().Get(ctx, who.Account, in.Provider)
}

type signInput struct {
	OneProvider
	Body map[string]string `doc:"What the provider's page in the docs names. A secret that is left out stays as it is. Kept encrypted and never shown again."`
}

func (s *surface) signContract(ctx context.Context, who account.Access, in *signInput) (pay.Contract, error) {
	return s.Shop.Payments.Contracts().Sign(ctx, who.Account, in.Provider, in.Body)
}

func (s *surface) testContract(ctx context.Context, who account.Access, in *OneProvider) (pay.Contract, error) {
	return s.Shop.Payments.Contracts().Check(ctx, who.Account, in.Provider)
}

type switchContractInput struct {
	OneProvider
	Body struct {
		Enabled bool `json:"enabled"`
	}
}

func (s *surface) switchContract(ctx context.Context, who account.Access, in *switchContractInput) error {
	return s.Shop.Payments.Contracts().Enable(ctx, who.Account, in.Provider, in.Body.Enabled)
}

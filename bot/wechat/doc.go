// Package wechat speaks with WeChat official accounts (微信公众号, service and
// subscription accounts): it verifies and decodes what the platform pushes to a
// webhook, encodes the one reply that a push may carry, and calls the
// platform's API for everything else.
//
// The codec keeps no state and stores nothing. Facts about the protocol are
// those of the platform's documentation, "Message push", "Receiving messages",
// "Passive replies", "Customer service messages" and "Global return codes".
package wechat

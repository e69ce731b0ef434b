//go:build !race

package shop_test

const raceDetector = false

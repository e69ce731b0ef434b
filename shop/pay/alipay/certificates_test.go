package alipay_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
)

const download = "alipay.open.app.alipaycert.download"

func TestANewCertificateIsFetchedOnceWhenItIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.sold(t)
	sold := w.platform.Notices()[0]
	w.platform.Rotate()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := w.told(sold, alipaytest.None, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if fetched := w.platform.Calls(download); fetched != 1 {
		t.Errorf("fetched %d times for 20 notifications", fetched)
	}
	if outcome, err := w.Query(t.Context(), w.charge("")); err != nil || outcome.Status != pay.Waiting {
		t.Errorf("an answer under the new one: %+v, %v", outcome, err)
	}
	for range 50 { // made-up serials
		if _, err := w.told(sold, alipaytest.Stranger, nil); !errors.Is(err, alipay.ErrSignature) {
			t.Fatal(err)
		}
	}
	if fetched := w.platform.Calls(download); fetched > 2 {
		t.Errorf("made-up serials made us fetch %d times", fetched)
	}
	w.pass(6 * 365 * 24 * time.Hour)
	if _, err := w.told(sold, alipaytest.None, nil); err == nil {
		t.Error("signed with a certificate that has run out")
	}
}

func TestACertificateThatNoRootHasIssuedIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.sold(t)
	w.platform.Impose()
	if _, err := w.told(w.platform.Notices()[0], alipaytest.None, nil); !errors.Is(err, alipay.ErrSignature) {
		t.Errorf("%v", err)
	}
	if _, err := w.Query(t.Context(), w.charge("")); err == nil || !strings.Contains(err.Error(), "not verified") {
		t.Errorf("%v", err)
	}
}

func TestANotificationWhoseCertificateCannotBeFetchedComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.sold(t)
	w.platform.Rotate()
	for _, trouble := range []alipaytest.Trouble{alipaytest.Fail, alipaytest.Cut, alipaytest.Throttle, alipaytest.Garbage} {
		w.next(trouble)
		if _, err := w.told(w.platform.Notices()[0], alipaytest.None, nil); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", trouble, err)
		}
		w.pass(4 * time.Minute)
	}
	if _, err := w.told(w.platform.Notices()[0], alipaytest.None, nil); err != nil {
		t.Errorf("the next time: %v", err)
	}
}

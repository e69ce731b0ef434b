// In the place of the chat without a network: goes on when it is back.
addEventListener('online', () => location.reload());

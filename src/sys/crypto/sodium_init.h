// Internal to the crypto door.
#pragma once

namespace verge::sys {

// Must run before any call of libsodium that draws random numbers; cheap when done already. Aborts when the system has
// no source of randomness: going on would make guessable keys.
void EnsureSodium();

}  // namespace verge::sys

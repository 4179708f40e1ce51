#include "sys/clock/synchronised.h"

#include <sys/timex.h>

namespace verge::sys {

bool ClockIsSynchronised() {
  timex state{};  // modes 0: only asks
  const int result = adjtimex(&state);
  return result >= 0 && result != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace verge::sys

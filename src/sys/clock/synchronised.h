// Whether the wall clock can be believed.
#pragma once

namespace verge::sys {

// True when the kernel says that something (NTP, PTP) keeps its clock right. False too where it does not say.
bool ClockIsSynchronised();

}  // namespace verge::sys

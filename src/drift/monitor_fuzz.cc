// A saved state is foreign bytes: it loads or is refused, and a monitor that loaded one goes on working.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "drift/monitor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::drift;
  if (size == 0) return 0;
  MonitorSpec spec;
  spec.window = 50;
  spec.reference = Reference{{0.5}, {0.5, 0.5}};
  spec.change = static_cast<ChangeTest>(data[0] % 4);
  Monitor monitor(spec);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!monitor.Load(bytes).ok()) return 0;
  for (int i = 0; i < 100; ++i) monitor.Add(i * 0.01);
  return 0;
}

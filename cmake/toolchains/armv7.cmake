# 32-bit ARM Linux, hard-float; without vector kernels.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(VERGE_TRIPLE arm-linux-gnueabihf)
set(VERGE_EMULATOR qemu-arm-static)
include(${CMAKE_CURRENT_LIST_DIR}/linux_cross.cmake)

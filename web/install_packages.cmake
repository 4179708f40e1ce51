# npm ci into WORK, with an error that says what to do. Called by CMakeLists.txt with NPM, SOURCE, WORK.
file(MAKE_DIRECTORY ${WORK})
foreach(name package.json package-lock.json .npmrc)
  file(COPY ${SOURCE}/${name} DESTINATION ${WORK})
endforeach()
execute_process(
  COMMAND ${NPM} ci --ignore-scripts --no-progress
  WORKING_DIRECTORY ${WORK}
  RESULT_VARIABLE status
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  file(WRITE ${WORK}/npm.log "${output}")
  message("${output}")
  message(FATAL_ERROR
    "npm could not install the packages of ${SOURCE} (above; log: ${WORK}/npm.log).\n"
    "Check that `npm ping` works here: behind a proxy or with a mirror, set https_proxy or `npm config set registry`. "
    "Or build without the dashboard and the tests that need npm: cmake -DVERGE_WEB=OFF.")
endif()
file(TOUCH ${WORK}/node_modules.stamp)

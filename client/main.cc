// sluice: the command line.

#include "client/command_line.h"

int main(int argc, char** argv) {
  return sluice::client::CommandLine().Run(argc, argv);
}

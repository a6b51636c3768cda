#include "emulator/emulator.h"

double emulator_now(void)
{
    return 0;
}

// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Samples;

const int ExitCode = 101;

for (int left = 10; left > 0; left--)
{
    Output.WriteLine($"Crashing in {left * 100} ms");
    Thread.Sleep(TimeSpan.FromMilliseconds(100));
}

Output.WriteErrorLine("crashing: as announced");
return ExitCode;

// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Samples;

for (ulong counter = 0; ; counter++)
{
    foreach (string path in Directory.GetFiles("/message").Order(StringComparer.Ordinal))
        Output.WriteLine($"{counter}: {path}: {File.ReadAllText(path).TrimEnd('\n')}");
    Thread.Sleep(TimeSpan.FromSeconds(1));
}

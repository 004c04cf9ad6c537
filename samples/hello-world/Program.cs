// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Samples;

string container = Environment.GetEnvironmentVariable("NORTHSTAR_CONTAINER") ?? "unknown";
Output.WriteLine($"Hello, world! This is {container}.");
Output.WriteLine($"arguments: {(args.Length == 0 ? "none" : string.Join(' ', args))}");
Output.WriteLine($"pid {Environment.ProcessId}, uid {Libc.getuid()}, gid {Libc.getgid()}");
Output.WriteLine($"capabilities: {{{string.Join(", ", ProcessStatus.Capabilities("CapEff"))}}}");
foreach (string mount in File.ReadLines("/proc/self/mounts"))
    Output.WriteLine($"mount: {mount}");

for (ulong counter = 0; ; counter++)
{
    Output.WriteLine($"{container}: {counter}");
    Thread.Sleep(TimeSpan.FromSeconds(1));
}

// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;

namespace Northstar.Samples;

/// <summary>
/// Writes lines straight to a descriptor. System.Console is not used: it starts a signal thread and handlers, and a
/// program in a container shall end by the default action of a signal.
/// </summary>
internal static class Output
{
    internal static void WriteLine(string line) => Write(Libc.StandardOutput, line + "\n");

    internal static void WriteErrorLine(string line) => Write(Libc.StandardError, line + "\n");

    internal static void Write(int descriptor, string text) => Write(descriptor, Encoding.UTF8.GetBytes(text));

    internal static unsafe void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint written = Libc.write(descriptor, start + done, (nuint)(bytes.Length - done));
                if (written >= 0)
                    done += (int)written;
                else if (Marshal.GetLastPInvokeError() != Libc.EINTR)
                    throw new IOException($"write to descriptor {descriptor}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }
}

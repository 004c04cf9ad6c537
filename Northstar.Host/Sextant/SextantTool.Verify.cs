// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <content>Verifying.</content>
internal sealed partial class SextantTool
{
    private void AddVerify(Command parent)
    {
        var package = new Argument<string>("NPK") { Description = "The package" };
        var keys = new Option<string[]>("--key", "-k")
        {
            Description = "A public key that may have signed it; can be given several times. Without one the signature is not checked",
            HelpName = "FILE",
        };
        Command verb = Verb(parent, "verify", "Check every block of a package, and its signature", (parsed, cancellationToken) =>
        {
            string path = parsed.GetRequiredValue(package);
            PublicKey[] accepted = [.. (parsed.GetValue(keys) ?? []).Select(KeyFiles.ReadPublicKey)];
            using NpkPackage npk = NpkPackage.Open(path, new NpkReaderOptions { Keys = accepted });
            using var progress = new ByteProgress(_streams, $"verify {path}", npk.Image.LengthBytes);
            npk.Verify(progress, cancellationToken);
            TimeSpan time = progress.Elapsed;
            progress.Dispose();
            string signature = npk.VerifiedBy is { } key ? $"signed by {key.Id}"
                : npk.IsSigned ? "the signature was not checked: no --key" : "not signed, only the checksum was checked";
            long bytes = npk.Image.LengthBytes;
            _streams.Output.WriteLine(Printable.Line(
                $"{path}: {npk.Manifest.Id} is intact, {ByteProgress.Bytes(bytes)}, {ByteProgress.Speed(bytes, time)}; {signature}"));
        });
        verb.Arguments.Add(package);
        verb.Options.Add(keys);
    }
}

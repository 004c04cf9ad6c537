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
        var packages = new Argument<string[]>("NPK") { Description = "The packages", Arity = ArgumentArity.OneOrMore };
        Option<string[]> keys = PublicKeys("--key", "A public key that may have signed them; without one signatures are not checked", "-k");
        var json = new Option<bool>("--json", "-j") { Description = "Print the results as one JSON object" };
        Command verb = Verb(parent, "verify", "Check every block of packages, and their signatures", (parsed, cancellationToken) =>
        {
            PublicKey[] accepted = ReadPublicKeys(parsed.GetValue(keys));
            List<Verification> results = [];
            foreach (string path in parsed.GetRequiredValue(packages))
            {
                Verification result = Verify(path, accepted, cancellationToken);
                results.Add(result);
                if (result.Error is { } error)
                {
                    ErrorText.Write(_streams.Error, error);
                }
                else if (!parsed.GetValue(json))
                {
                    _streams.Output.WriteLine(result.ToString());
                }
            }

            if (parsed.GetValue(json))
            {
                _streams.Output.WriteLine(PackageJson.Verified(results));
            }

            return results.Exists(static result => result.Error is not null) ? ExitCode.Failure : ExitCode.Success;
        });
        verb.Arguments.Add(packages);
        verb.Options.Add(keys);
        verb.Options.Add(json);
    }

    private Verification Verify(string path, PublicKey[] accepted, CancellationToken cancellationToken)
    {
        try
        {
            using NpkPackage npk = NpkPackage.Open(path, new NpkReaderOptions { Keys = accepted });
            using var progress = new ByteProgress(_streams, $"verify {path}", npk.Image.LengthBytes);
            npk.Verify(progress, cancellationToken);
            return new Verification(path, npk.Manifest.Id, npk.Image.LengthBytes, progress.Elapsed, npk.IsSigned, npk.VerifiedBy, npk.SignedHash, null);
        }
        catch (NpkException e)
        {
            return new Verification(path, null, 0, TimeSpan.Zero, false, null, null, e);
        }
    }
}

// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>Versions, tokens, permissions and statuses.</summary>
public sealed class ProtocolTests
{
    [TestCase("0.9.3", true)]
    [TestCase("0.9.0", true, Description = "T204")]
    [TestCase("0.9.4", true, Description = "T202")]
    [TestCase("0.9.99", true)]
    [TestCase("0.10.0", true)]
    [TestCase("1.0.0", true)]
    [TestCase("0.8.99", false)]
    [TestCase("0.8.3", false, Description = "T201")]
    [TestCase("0.0.0", false)]
    public void IsAccepted_Version_FollowsMajorAndMinor(string client, bool accepted) =>
        Assert.That(ProtocolVersion.IsAccepted(PackageVersion.Parse(client)), Is.EqualTo(accepted));

    [TestCase("0.9.3", "1.0.0", false)]
    [TestCase("2.0.0", "1.5.0", true)]
    [TestCase("1.4.9", "1.5.0", false)]
    public void IsAccepted_ByAnotherRuntime_ComparesMajorFirst(string client, string runtime, bool accepted) =>
        Assert.That(ProtocolVersion.IsAccepted(PackageVersion.Parse(client), PackageVersion.Parse(runtime)), Is.EqualTo(accepted));

    [TestCase("AAAAAAAAAADAyXpUjndRU8KM8cHggQdjSQmuxIYXJP6Eq/63ir0lqg==", 0)]
    [TestCase("AAAAAAAAADySPx6E8Q3Lxd11ZHFwCDenRz9ZbcZVIDMwYTS1pSU5Ww==", 60)]
    [TestCase("AAAAAAAAAAB6E94wblDtgu80QNd/GhYHqpTb7p/GyQP/+Fm7UxwnHw==", 0)]
    public void Token_Vector_SurvivesItsTextForm(string base64, int seconds)
    {
        Assert.That(Token.TryParse(base64, out Token? token), Is.True);
        Assert.That(token!.ToBase64(), Is.EqualTo(base64));
        Assert.That(token.Bytes[7], Is.EqualTo(seconds));
        Assert.That(new Token(token.Bytes), Is.EqualTo(token));
        Assert.That(token.ToString(), Does.Not.Contain(base64[20..]));
        Assert.That(Wire.Encode(new Response.TokenCreate(token)), Is.EqualTo($$$"""{"response":{"token":"{{{base64}}}"}}""" + "\n"));
    }

    [TestCase("")]
    [TestCase(null)]
    [TestCase("AAAAAAAAAADAyXpUjndRU8KM8cHggQdjSQmuxIYXJP6Eq/63ir0lqh==", Description = "stray bits")]
    [TestCase("AAAAAAAAAADAyXpUjndRU8KM8cHggQdjSQmuxIYXJP6Eq/63ir0l", Description = "39 bytes")]
    public void Token_Malformed_IsRefused(string? text) => Assert.That(Token.TryParse(text, out _), Is.False);

    [Test]
    public void Token_OfAnotherLength_ThrowsArgument() => Assert.That(() => new Token(new byte[39]), Throws.ArgumentException);

    [Test]
    public void RequiredPermission_EveryRequest_HasItsOwn()
    {
        var id = ContainerId.Parse("a:0.0.1");
        var token = new Token(new byte[40]);
        var start = new Request.Start(id);
        (Request Request, Permissions Permission)[] table =
        [
            (new Request.Ident(), Permissions.Ident),
            (new Request.Inspect(id), Permissions.Inspect),
            (new Request.Install("r", 0), Permissions.Install),
            (new Request.Kill(id, 9), Permissions.Kill),
            (new Request.List(), Permissions.List),
            (new Request.Mount([id]), Permissions.Mount),
            (new Request.Repositories(), Permissions.Repositories),
            (new Request.Shutdown(), Permissions.Shutdown),
            (start, Permissions.Start),
            (start with { Init = "" }, Permissions.StartCommand),
            (start with { Arguments = ["a"] }, Permissions.StartCommand),
            (start with { Environment = new Dictionary<string, string> { ["a"] = "" } }, Permissions.StartCommand),
            (new Request.TokenCreate(id.Name, default), Permissions.TokenCreate),
            (new Request.TokenVerify(token, id.Name, default), Permissions.TokenVerification),
            (new Request.Umount([]), Permissions.Umount),
            (new Request.Uninstall(id, true), Permissions.Uninstall),
            (new Request.OutputSubscribe(id, true, false), Permissions.Inspect | Permissions.Notifications),
            (new Request.OutputUnsubscribe(id), Permissions.Inspect | Permissions.Notifications),
            (new Request.Statistics(), Permissions.Inspect),
            (new Request.Verify(ContainerId.Parse("a:1.0.0")), Permissions.Inspect),
            (new Request.SetFloor("r", ContainerId.Parse("a:1.0.0")), Permissions.Downgrade),
        ];

        Assert.That(table.Select(row => row.Request.RequiredPermission), Is.EqualTo(table.Select(row => row.Permission)));
    }

    [Test]
    public void IsSuccess_OnlyExitCodeZero_Succeeds()
    {
        Assert.That(new ExitStatus.Exit(0).IsSuccess, Is.True);
        Assert.That(new ExitStatus.Exit(1).IsSuccess, Is.False);
        Assert.That(new ExitStatus.Signalled(0).IsSuccess, Is.False);
    }

    [Test]
    public void Uptime_LargestNumber_DoesNotOverflow() =>
        Assert.That(new ProcessData(1, ulong.MaxValue, ProcessStatistics.Empty).Uptime.TotalDays, Is.EqualTo(213503.98).Within(0.01));
}

// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using FsCheck;
using FsCheck.Fluent;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>Generated messages survive the wire.</summary>
public sealed class MessageCodecPropertyTests
{
    // A text has no half surrogates; those have no form on the wire.
    private static readonly Gen<string> s_text =
        Gen.ListOf(Gen.OneOf(Gen.Choose(1, 0x7f), Gen.Choose(0x80, 0xd7ff), Gen.Choose(0xe000, 0xffff), Gen.Choose(0x10000, 0x10ffff)))
            .Select(runes => string.Concat(runes.Select(char.ConvertFromUtf32)));

    private static readonly Gen<ulong> s_number = Gen.Elements<ulong>(0, 1, 9, 10, 255, int.MaxValue, long.MaxValue, ulong.MaxValue);

    private static readonly Gen<ContainerName> s_name =
        Gen.NonEmptyListOf(Gen.Elements("azAZ09._-".ToCharArray())).Select(c => ContainerName.Parse(string.Concat(c.Take(100))));

    private static readonly Gen<ContainerId> s_container =
        from name in s_name
        from a in s_number
        from b in s_number
        from c in s_number
        select new ContainerId(name, new PackageVersion(a, b, c));

    private static readonly Gen<ReadOnlyMemory<byte>> s_bytes =
        Gen.ListOf(Gen.Choose(0, 255)).Select(list => new ReadOnlyMemory<byte>([.. list.Select(i => (byte)i)]));

    private static readonly Gen<Token> s_token = Gen.ArrayOf(Gen.Choose(0, 255), 40).Select(a => new Token([.. a.Select(i => (byte)i)]));

    private static readonly Gen<IReadOnlyList<ContainerId>> s_containers = Gen.ListOf(s_container).Select(l => (IReadOnlyList<ContainerId>)[.. l]);

    private static readonly Gen<ExitStatus> s_status = Gen.OneOf(
        Gen.Elements(-2, -1, 0, 255, int.MinValue, int.MaxValue).Select(c => (ExitStatus)new ExitStatus.Exit(c)),
        Gen.Elements<uint>(1, 31, uint.MaxValue).Select(s => (ExitStatus)new ExitStatus.Signalled(s)));

    private static readonly Gen<ApiError> s_error =
        from container in s_container
        from name in s_name
        from text in s_text
        from status in s_status
        from error in Gen.Elements<ApiError>(
            new ApiError.Configuration(text),
            new ApiError.DuplicateContainer(container),
            new ApiError.InvalidContainer(container),
            new ApiError.InvalidArguments(text),
            new ApiError.MountBusy(container),
            new ApiError.UmountBusy(container),
            new ApiError.StartContainerStarted(container),
            new ApiError.StartContainerResource(container),
            new ApiError.StartContainerMissingResource(container, name, text),
            new ApiError.StartContainerFailed(container, text),
            new ApiError.StopContainerNotStarted(container),
            new ApiError.InvalidRepository(text),
            new ApiError.InstallDuplicate(container),
            new ApiError.CriticalContainer(container, status),
            new ApiError.Unexpected(text))
        select error;

    private static readonly Gen<Request> s_request =
        from container in s_container
        from containers in s_containers
        from name in s_name
        from text in s_text
        from texts in Gen.ListOf(s_text)
        from bytes in s_bytes
        from token in s_token
        from number in s_number
        from flag in Gen.Elements(true, false)
        from request in Gen.Elements<Request>(
            new Request.Ident(),
            new Request.List(),
            new Request.Repositories(),
            new Request.Shutdown(),
            new Request.Inspect(container),
            new Request.Install(text, number),
            new Request.Kill(container, (int)(number % int.MaxValue) - 5),
            new Request.Mount(containers),
            new Request.Umount(containers),
            new Request.Start(container),
            new Request.Start(container, flag ? text : null, [.. texts], texts.Distinct().ToDictionary(t => t, t => text)),
            new Request.TokenCreate(name, bytes),
            new Request.TokenVerify(token, name, bytes),
            new Request.Uninstall(container, flag),
            new Request.OutputSubscribe(container, flag, !flag),
            new Request.OutputUnsubscribe(container),
            new Request.SetFloor(text, container),
            new Request.Verify(container),
            new Request.Statistics())
        select request;

    private static readonly Gen<ContainerResult> s_result =
        from container in s_container
        from error in s_error
        from ok in Gen.Elements(true, false)
        select new ContainerResult(container, ok ? null : error);

    private static readonly Gen<Response> s_response =
        from container in s_container
        from containers in s_containers
        from texts in Gen.ListOf(s_text)
        from error in s_error
        from result in s_result
        from results in Gen.ListOf(s_result)
        from request in s_request
        from token in s_token
        from verification in Gen.Elements(Enum.GetValues<TokenVerification>())
        from response in Gen.Elements<Response>(
            new Response.Ident(container),
            new Response.Inspect(container, error),
            new Response.Install(container),
            new Response.Install(error),
            new Response.Kill(result),
            new Response.List(containers),
            new Response.Mount([.. results]),
            new Response.PermissionDenied(request),
            new Response.Repositories([.. texts]),
            new Response.Shutdown(),
            new Response.Start(result),
            new Response.TokenCreate(token),
            new Response.TokenVerify(verification),
            new Response.Umount([.. results]),
            new Response.Uninstall(result),
            new Response.SetFloor(result),
            new Response.Verify(result),
            new Response.OutputSubscribe(result),
            new Response.OutputUnsubscribe(result),
            new Response.Statistics(
                [.. containers.Select((id, i) => new ContainerStatistics(id, "r", i == 0, i == 0 ? new ProcessUsage(1, 2, 3, null, 4, 5) : null))]))
        select response;

    private static readonly Gen<Message> s_other =
        from container in s_container
        from status in s_status
        from low in s_number
        from oom in s_number
        from flag in Gen.Elements(true, false)
        from text in s_text
        from bytes in s_bytes
        from message in Gen.Elements<Message>(
            new Connect(container.Version, flag) { Extensions = !flag },
            new ConnectAck { Extensions = flag ? null : ["a", "b"] },
            new ConnectNack.InvalidProtocolVersion(container.Version),
            new ConnectNack.PermissionDenied(),
            new Notification.CGroup(container, new MemoryEvents(Low: low, Oom: flag ? oom : null)),
            new Notification.Exit(container, status),
            new Notification.Install(container),
            new Notification.Corrupted(container, text),
            new Notification.Output(container, flag ? OutputSource.Stdout : OutputSource.Stderr, bytes),
            new Notification.OutputEnd(container, flag ? OutputSource.Stdout : OutputSource.Stderr),
            new Notification.OutputLost(container, flag ? OutputSource.Stdout : OutputSource.Stderr, low),
            new Notification.Shutdown(),
            new Notification.Started(container),
            new Notification.Verifying(container, low, oom),
            new Notification.Uninstall(container))
        select message;

    private static readonly Gen<Message> s_message = Gen.OneOf(s_request.Select(m => (Message)m), s_response.Select(m => (Message)m), s_other);

    [Test]
    public void U100_Decode_OfAnEncodedMessage_EqualsIt() =>
        Prop.ForAll(s_message.ToArbitrary(), message => Wire.Decode(Wire.Encode(message)).Equals(message))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Test]
    public void Decode_OfDamagedMessages_DecodesOrThrowsProtocol()
    {
        Gen<(Message Message, int Position, int Value)> damaged =
            from message in s_message
            from position in Gen.Choose(0, int.MaxValue)
            from value in Gen.Choose(0, 255)
            select (message, position, value);
        Prop.ForAll(damaged.ToArbitrary(), d =>
        {
            byte[] line = System.Text.Encoding.UTF8.GetBytes(Wire.Encode(d.Message));
            line[d.Position % line.Length] = (byte)d.Value;
            try
            {
                return MessageCodec.Decode(line) is not null;
            }
            catch (ProtocolException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }
}

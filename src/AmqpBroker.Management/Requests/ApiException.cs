using System.Text.Json.Nodes;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Management.Model;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Requests;

/// <summary>A request that cannot be answered as asked: its status, and RabbitMQ's words for it. Caught in <see cref="Dispatcher"/>.</summary>
internal sealed class ApiException(int status, string error, string reason) : Exception(reason)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>What the answer says.</summary>
    public ErrorJson Body { get; private init; } = new(error, JsonValue.Create(reason));

    /// <summary>Asks the client for a login.</summary>
    public bool Challenge { get; private init; }

    public static ApiException NotFound() => new(StatusCodes.Status404NotFound, "Object Not Found", "Not Found");

    /// <summary>Name or password is wrong. The spelling is RabbitMQ's, which has both.</summary>
    public static ApiException LoginFailed() =>
        new(StatusCodes.Status401Unauthorized, "not_authorized", "Login failed") { Challenge = true };

    /// <summary>Logged in, but not allowed.</summary>
    public static ApiException NotAuthorised(string reason) => new(StatusCodes.Status401Unauthorized, "not_authorised", reason);

    /// <summary>What was sent cannot be used.</summary>
    public static ApiException BadRequest(string reason) => new(StatusCodes.Status400BadRequest, "bad_request", reason);

    /// <summary>What was sent cannot be used; said as a term of RabbitMQ's: <c>["not_boolean","maybe"]</c>.</summary>
    public static ApiException BadTerm(string what, string value) => new(StatusCodes.Status400BadRequest, "bad_request", $"{what}: {value}")
    {
        Body = new ErrorJson("bad_request", new JsonArray(what, value)),
    };

    /// <summary>What a path names a virtual host for does not exist.</summary>
    public static ApiException NoVirtualHost() => new(StatusCodes.Status404NotFound, "not_found", "vhost_not_found");

    /// <summary>The broker did not do what it was told to.</summary>
    public static ApiException From(AdministrationException refused) => refused.Refusal switch
    {
        Refusal.NotFound => NotFound(),
        Refusal.Protected => new ApiException(StatusCodes.Status412PreconditionFailed, "precondition_failed", refused.Message),
        Refusal.DiskFull => Unavailable(refused.Message),
        _ => BadRequest(refused.Message),
    };

    public static ApiException Unavailable(string reason) => new(StatusCodes.Status503ServiceUnavailable, "service_unavailable", reason);
}

using AmqpBroker.Core.Clients;

namespace AmqpBroker.Management.Requests;

/// <summary>How RabbitMQ's HTTP API says that the broker did not do something: it depends on the way its request goes there.</summary>
internal sealed class RefusalStyle
{
    /// <summary>For declaring, deleting, binding and purging: the bare text.</summary>
    public static readonly RefusalStyle Bare = new(static e => e.Code switch
    {
        RefusedException.NotFound => new ApiException(404, "not_found", e.Message),
        RefusedException.AccessRefused => ApiException.NotAuthorised("Access refused."),
        _ => ApiException.BadRequest(e.Message),
    });

    /// <summary>For getting messages: the text of the channel's close.</summary>
    public static readonly RefusalStyle Close = new(static e => e.Code switch
    {
        RefusedException.NotFound => new ApiException(404, "not_found", e.ReplyText),
        RefusedException.AccessRefused => ApiException.NotAuthorised(e.ReplyText),
        _ => ApiException.BadRequest($"{e.Code} {e.ReplyText}"),
    });

    /// <summary>For publishing: a bad request, whatever it is.</summary>
    public static readonly RefusalStyle Publish = new(static e => ApiException.BadRequest($"{e.Code} {e.ReplyText}"));

    private readonly Func<RefusedException, ApiException> _answer;

    private RefusalStyle(Func<RefusedException, ApiException> answer) => _answer = answer;

    /// <summary>The answer.</summary>
    public ApiException ToAnswer(RefusedException refused) => _answer(refused);
}

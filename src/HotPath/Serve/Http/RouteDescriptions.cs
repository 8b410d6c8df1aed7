using Microsoft.OpenApi;

namespace HotPath.Serve.Http;

/// <summary>What /openapi/v1.json says of a route, beside its path.</summary>
internal static class RouteDescriptions
{
    private static readonly Dictionary<string, string> s_parameters = new(StringComparer.Ordinal)
    {
        ["search"] = "Part of the machine's id, in any case.",
        ["equipment"] = "Machine ids or globs (* and ?), separated by commas.",
        ["rule"] = "Rule ids or globs, separated by commas.",
        ["state"] = "States or globs, separated by commas.",
        ["category"] = "down, unknown, planned or other.",
        ["status"] = "open or closed.",
        ["micro"] = "true = micro-stops only, false = without them.",
        ["from"] = "Begin of the window: 2026-03-01T06:00:00Z, or -8h.",
        ["to"] = "End of the window, not included.",
        ["sort"] = "The order of items; the first that is named is the default.",
        ["lead"] = "Readings of so long before the window are replayed too, so that machines have their states at its begin; 1h unless told.",
        ["machines"] = "How many of the machines that are furthest behind, 20 unless told.",
        ["stage"] = "reading, transition, downtime; separated by commas, all unless told.",
        ["rate"] = "Events a second at most, 50 unless told; what goes beyond is counted and left out.",
        ["limit"] = "Rows of a page.",
        ["before"] = "Only versions before this one.",
        ["dryRun"] = "true = say what would happen, and change nothing.",
        ["cursor"] = "The `next` of the page before.",
        ["events"] = "transition, downtime, system; separated by commas.",
        ["coalesce"] = "false = every transition, not only the newest of each machine and rule four times a second.",
    };

    // The document lists routes that have a method; ours are plain delegates, and this stands in.
    private static readonly RequestDelegate s_method = _ => Task.CompletedTask;

    /// <summary>The route reads a body that is no JSON of ours.</summary>
    public static T Takes<T>(this T route, string contentType, string description)
        where T : IEndpointConventionBuilder => route.AddOpenApiOperationTransformer((operation, _, _) =>
    {
        operation.RequestBody = new OpenApiRequestBody
        {
            Description = description,
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                [contentType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        };
        return Task.CompletedTask;
    });

    /// <summary>The route may answer with another status and problem.</summary>
    public static T Refuses<T>(this T route, int status, Type problem)
        where T : IEndpointConventionBuilder =>
        route.WithMetadata(new ProducesResponseTypeMetadata(status, problem, [Problem.ContentType]));

    /// <summary>Names and explains a route; <paramref name="query"/> are the parameters that it takes.</summary>
    public static T Described<T>(this T route, string summary, Type document, params string[] query)
        where T : IEndpointConventionBuilder
    {
        route.WithMetadata(
            s_method.Method,
            new ProducesResponseTypeMetadata(StatusCodes.Status200OK, document, ["application/json"]),
            new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(Problem), [Problem.ContentType]));
        return route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Summary = summary;
            operation.Tags?.Clear();
            operation.Parameters ??= [];
            foreach (var name in query)
            {
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Query,
                    Description = s_parameters[name],
                    Schema = new OpenApiSchema { Type = name is "limit" or "before" or "machines" or "rate" ? JsonSchemaType.Integer : JsonSchemaType.String },
                });
            }

            return Task.CompletedTask;
        });
    }
}

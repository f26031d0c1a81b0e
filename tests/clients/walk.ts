// What a client in TypeScript relies on; tsc checks it against what openapi-typescript makes.

import type { components, operations, paths } from "./service";

type Json<Content> = Content extends { content: { "application/json": infer Body } } ? Body : never;
type ProblemOf<Content> = Content extends { content: { "application/problem+json": infer Body } }
  ? Body
  : never;

type Schemas = components["schemas"];
type PlaceOrder = operations["place_order"];

export const order: PlaceOrder["requestBody"]["content"]["application/json"] = {
  user_id: 1,
  items: [{ product_id: 1, quantity: 2 }],
};

export function totalOf(placed: Json<PlaceOrder["responses"][201]>): string {
  return placed.status === "pending" ? placed.total_amount : "0";
}

export function idsOf(page: Json<operations["list_users"]["responses"][200]>): number[] {
  return page.total === null ? [] : page.items.map((user) => user.id);
}

export const newestFirst: operations["list_orders"]["parameters"]["query"] = {
  status: "confirmed",
  sort: "-created_at",
  count: "exact",
};

export function missing(problem: ProblemOf<PlaceOrder["responses"][404]>): string {
  return `${problem.status} ${problem.title}: ${problem.detail}`;
}

export function soldOut(problem: ProblemOf<PlaceOrder["responses"][409]>): number | undefined {
  return problem.product_id;
}

export function taken(
  problem: ProblemOf<operations["create_category"]["responses"][409]>,
): string[] {
  return problem.fields ?? [];
}

// The fields and the product are not in every conflict.
export const inactive: ProblemOf<PlaceOrder["responses"][409]> = {
  type: "about:blank",
  title: "Conflict",
  status: 409,
  detail: "User 1 is not active.",
  request_id: "0f",
};

export function fieldsOf(problem: ProblemOf<PlaceOrder["responses"][422]>): string[] {
  return problem.errors.map((error) => error.field);
}

// Every problem is one of these four, whatever the operation.
export type AnyProblem =
  | Schemas["Problem"]
  | Schemas["ConflictProblem"]
  | Schemas["StockProblem"]
  | Schemas["ValidationProblem"];
export const createUser: keyof paths = "/api/v1/users";
